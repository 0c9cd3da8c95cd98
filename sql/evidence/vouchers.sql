-- Evidence of payments: every voucher that counts for the year.
-- Grain: one row per counted voucher.
-- Facts: paid_yuan
-- Reason: which vouchers count is decided in one macro, so that evidence and figure cannot differ.
with
counted as (
    select
        project_code,
        amount_yuan,
        false as is_private,
        source_file,
        source_sha256,
        source_sheet,
        source_row
    from counted_given('staging.vouchers', 'shared.uncounted_vouchers', $first_day, $last_day)
    union all
    select
        project_code,
        amount_yuan,
        true as is_private,
        source_file,
        source_sha256,
        source_sheet,
        source_row
    from counted_vouchers('restricted.vouchers', $first_day, $last_day)
)

select
    'paid_yuan' as fact,
    project_code,
    amount_yuan::decimal(22, 4) as amount,
    is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from counted
