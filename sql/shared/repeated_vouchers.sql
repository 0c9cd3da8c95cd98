-- repeated_vouchers: voucher numbers of the fund and year that the export holds more than once.
-- Grain: one row per number.
-- Reason: finding them is what costs in counting vouchers once; several shared tables and rules count.
select
    voucher_no,
    first_place
from repeated_vouchers('staging.vouchers', $first_day, $last_day)
