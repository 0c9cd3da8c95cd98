-- Fund money: what was applied for, released and paid in the year, public and classified projects together.
-- Grain: one row.
-- Key: none
-- Reason: arrival rate (released / applied) and execution rate (paid / released) are rates of the whole fund.
with
releases as (
    select
        applied_yuan,
        released_yuan
    from staging.releases
    union all
    select
        applied_yuan,
        released_yuan
    from restricted.releases
),

released as (
    select
        coalesce(sum(applied_yuan), 0)::decimal(18, 2) as applied_yuan,
        coalesce(sum(released_yuan), 0)::decimal(18, 2) as released_yuan
    from releases
),

paid as (
    select sum(paid_yuan)::decimal(18, 2) as paid_yuan
    from marts.fund_months
)

select
    released.applied_yuan,
    released.released_yuan,
    paid.paid_yuan
from released
cross join paid
