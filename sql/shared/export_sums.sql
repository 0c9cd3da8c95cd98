-- export_sums: what the rows of the treasury export add up to, in each way its own total may have been made.
-- Grain: one row per way of counting repeated rows (`once`, `every_row`).
-- Reason: two rules hold the export's total against these sums. Public and classified rows are in them, so a rule that
-- reads them has to need whole.vouchers and may tell sums only. Rows repeat where number, amount and state are the same:
-- public ones are known already, classified ones are few.
with
vouchers as (
    select
        voucher_no,
        amount_yuan,
        voucher_status = 'void' as is_void,
        row_layer
    from whole.vouchers
),

every_row as (
    select
        coalesce(sum(amount_yuan), 0)::decimal(18, 2) as all_yuan,
        coalesce(sum(amount_yuan) filter (where is_void), 0)::decimal(18, 2) as void_yuan
    from vouchers
),

classified as (
    select
        voucher_no,
        amount_yuan,
        is_void
    from vouchers
    where row_layer = 'restricted'
),

-- Every row whose number may come twice: the classified ones, the public ones of the same number, the repeated public ones.
candidates as (
    select * from classified
    union all
    select
        voucher_no,
        amount_yuan,
        is_void
    from vouchers
    where
        row_layer = 'staging'
        and voucher_no in (select classified.voucher_no from classified)
    union all
    select
        known.voucher_no,
        known.amount_yuan,
        known.voucher_status = 'void' as is_void
    from shared.repeated_rows as known
    anti join classified using (voucher_no)
),

repeated as (
    select
        amount_yuan,
        is_void,
        count(*) - 1 as times
    from candidates
    group by voucher_no, amount_yuan, is_void
    having count(*) > 1
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
