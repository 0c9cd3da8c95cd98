-- Fund by month: what the whole fund paid in each month of the year, public and classified projects together.
-- Grain: one row per month, 1 to 12, also where nothing was paid.
-- Key: month
-- Reason: classified projects take part in every money total (政府采购法 art. 85 exempts them from procurement rules only);
-- this is where they enter, so that no later stage needs to read a classified voucher.
with
months as (
    select unnest(range(1, 13))::integer as month
),

public_vouchers as (
    select
        paid_on,
        amount_yuan
    from counted_given('staging.vouchers', 'shared.uncounted_vouchers', $first_day, $last_day)
),

classified_vouchers as (
    select
        paid_on,
        amount_yuan
    from counted_vouchers('restricted.vouchers', $first_day, $last_day)
),

vouchers as (
    select * from public_vouchers
    union all
    select * from classified_vouchers
),

paid as (
    select
        month(paid_on)::integer as month,
        sum(amount_yuan) as paid_yuan
    from vouchers
    group by month(paid_on)
)

select
    months.month,
    coalesce(paid.paid_yuan, 0)::decimal(18, 2) as paid_yuan
from months
left join paid using (month)
order by months.month
