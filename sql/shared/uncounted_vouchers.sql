-- uncounted_vouchers: the places of public rows of the treasury export that repeat a voucher which counts already.
-- Grain: one row per row of the export that does not count for this reason.
-- Reason: several tables and rules count, and all of them count a repeated voucher by its first row. Rows are left out by
-- their place: the numbers of ten million vouchers need not be read again for it.
select *
from uncounted_among('shared.repeated_rows', $first_day, $last_day)
