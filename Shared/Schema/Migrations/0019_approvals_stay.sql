-- What was approved is what was proposed: nobody changes a proposal behind the one who approved it, or who
-- approved it afterwards. Taking it back to open clears both.
CREATE OR REPLACE FUNCTION check_discrepancy_step() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF (NEW.id, NEW.class, NEW.subject, NEW.found_at, NEW.first_run)
        IS DISTINCT FROM (OLD.id, OLD.class, OLD.subject, OLD.found_at, OLD.first_run)
    THEN
        RAISE EXCEPTION 'a discrepancy stays about what it was found for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_identity';
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('open', 'proposed'), ('proposed', 'open'), ('proposed', 'approved'), ('approved', 'open'),
        ('open', 'closed'), ('approved', 'closed'))
    THEN
        RAISE EXCEPTION 'a discrepancy does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_step_legal';
    ELSIF (NEW.status = OLD.status OR NEW.status IN ('approved', 'closed'))
        AND (NEW.proposal, NEW.proposed_by) IS DISTINCT FROM (OLD.proposal, OLD.proposed_by)
    THEN
        RAISE EXCEPTION 'a proposal stays as it was made until it is taken back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_proposal_stays';
    ELSIF (NEW.status = OLD.status OR NEW.status = 'closed')
        AND NEW.approved_by IS DISTINCT FROM OLD.approved_by
    THEN
        RAISE EXCEPTION 'an approval stays as it was given until it is taken back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'discrepancy_approval_stays';
    END IF;
    RETURN NEW;
END
$$;
