-- suspect_accounts: hashes of the accounts of public vouchers that may stand beside more than one payee name.
-- Grain: one row per hash of an account.
-- Reason: hashes of eight bytes, sorted, single out the few accounts worth looking at before any text is grouped: rows of one
-- account stand side by side then, and where it has two names two neighbours differ. A table of its own, because only of
-- a table does the planner know how small it is.
with
hashed as (
    select
        hash(payee_account) as account_hash,
        hash(payee_name) as name_hash
    from staging.vouchers
    where payee_account is not null and payee_name is not null
),

neighbours as (
    select
        account_hash,
        name_hash,
        lag(account_hash) over (order by account_hash) as account_hash_before,
        lag(name_hash) over (order by account_hash) as name_hash_before
    from hashed
)

select distinct account_hash
from neighbours
where account_hash = account_hash_before and name_hash != name_hash_before
