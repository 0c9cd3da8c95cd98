-- Payments: every voucher of a public project that counts for the fund-year.
-- Grain: one row per voucher_no.
-- Key: voucher_no
-- Reason: all money per project, unit and month is summed from these rows, so that every figure leads back to vouchers.
-- The unit is the project's, not the paying account's, so that units and projects add up to the same.
with
counted as (
    select * from counted_vouchers('staging.vouchers', $first_day, $last_day)
),

plan as (
    select
        project_code,
        unit_name
    from staging.plan_projects
    where not is_classified
)

select
    counted.voucher_no,
    counted.paid_on,
    counted.project_code,
    plan.unit_name,
    counted.amount_yuan,
    counted.source_file,
    counted.source_sha256,
    counted.source_sheet,
    counted.source_row
from counted
inner join plan using (project_code)
