-- The bank's account of our money is held against the books.

-- The reference under which the network pays at the bank what a clearing file comes to: currency, cut-off
-- in UTC, and the acceptor, which is the end of the merchant's identifier.
CREATE FUNCTION clearing_reference(merchant_id text, currency char(3), cutoff_at timestamptz)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT 'CLR' || upper(currency) || to_char(cutoff_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS')
        || right(merchant_id, 15)
$$;

CALL open_to_reconciliation();
GRANT SELECT ON bank_file, bank_instruction, bank_message, bank_cursor, bank_entry, bank_statement,
    bank_exception TO reconciliation;
