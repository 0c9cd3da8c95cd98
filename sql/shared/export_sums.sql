-- export_sums: what the rows of the treasury export add up to, in each way its own total may have been made.
-- Grain: one row per way of counting repeated rows (`once`, `every_row`).
-- Reason: two rules hold the export's total against these sums. Public and classified rows are in them, so a rule that
-- reads them has to need whole.vouchers and may tell sums only. Rows repeat where number, amount and state are the same;
-- hashes of the number single out those worth comparing.
with
vouchers as (
    select
        voucher_no,
        amount_yuan,
        voucher_status = 'void' as is_void
    from whole.vouchers
),

every_row as (
    select
        coalesce(sum(amount_yuan), 0)::decimal(18, 2) as all_yuan,
        coalesce(sum(amount_yuan) filter (where is_void), 0)::decimal(18, 2) as void_yuan
    from vouchers
),

repeated_hashes as (
    select hash(voucher_no) as number_hash
    from vouchers
    group by number_hash
    having count(*) > 1
),

repeated as (
    select
        amount_yuan,
        is_void,
        count(*) - 1 as times
    from vouchers
    where hash(voucher_no) in (select repeated_hashes.number_hash from repeated_hashes)
    group by voucher_no, amount_yuan, is_void
),

again as (
    select
        coalesce(sum(amount_yuan * times), 0)::decimal(18, 2) as all_yuan,
        coalesce(sum(amount_yuan * times) filter (where is_void), 0)::decimal(18, 2) as void_yuan
    from repeated
)

select
    'every_row' as counting,
    every_row.all_yuan,
    every_row.void_yuan
from every_row
union all
select
    'once' as counting,
    (every_row.all_yuan - again.all_yuan)::decimal(18, 2) as all_yuan,
    (every_row.void_yuan - again.void_yuan)::decimal(18, 2) as void_yuan
from every_row
cross join again
