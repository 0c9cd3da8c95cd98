-- repeated_vouchers: voucher numbers of the fund and year that the export holds more than once, and where each stands first.
-- Grain: one row per number.
-- Reason: several shared tables and rules count, and all of them count a repeated voucher by its first row.
with
counted as (
    select
        voucher_no,
        source_sheet,
        source_row
    from fund_vouchers('staging.vouchers', $first_day, $last_day)
)

select
    voucher_no,
    min((source_sheet, source_row)) as first_place
from counted
where voucher_no in (select repeated_numbers.voucher_no from shared.repeated_numbers)
group by voucher_no
having count(*) > 1
