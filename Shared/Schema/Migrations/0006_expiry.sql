-- The sweeper asks for the end of authorizations that nobody captured in time. It is the product's own
-- request, so the orchestrator submits it like any other: the idempotency key makes it one each.
GRANT EXECUTE ON FUNCTION submit_commands, find_commands TO orchestrator;
