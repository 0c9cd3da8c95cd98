-- Monitored months: what was paid in each month up to the day looked at, and all of it so far.
-- Grain: one row per month of the year that has begun.
-- Key: month
-- Reason: a fund that pays in December what it got in March shows it here first. Classified payments are not in it.
with
months as (
    select unnest(range(1, month($as_of) + 1))::integer as month
),

paid as (
    select
        month(paid_on)::integer as month,
        sum(amount_yuan) as paid_yuan
    from counted_vouchers('staging.vouchers', $first_day, $as_of)
    group by all
),

by_month as (
    select
        months.month,
        coalesce(paid.paid_yuan, 0)::decimal(18, 2) as paid_yuan
    from months
    left join paid using (month)
)

select
    month,
    paid_yuan,
    (sum(paid_yuan) over (order by month))::decimal(18, 2) as paid_so_far_yuan
from by_month
order by month
