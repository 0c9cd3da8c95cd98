-- payments: what counts of the vouchers of public projects, summed as far as no rule looks closer.
-- Grain: one row per project, unit, quota document, day and status of voucher.
-- Reason: fifteen rules ask who paid how much when and from what. They read these rows, a few per project and day, instead
-- of dropping repeated vouchers from ten million rows fifteen times. `place` is the first of the rows summed.
with
projects as (
    select project_code from public_projects()
),

counted as (
    select * from counted_given('staging.vouchers', 'shared.uncounted_vouchers', $first_day, $last_day)
)

select
    project_code,
    unit_name,
    quota_doc_no,
    paid_on,
    voucher_status,
    count(*) as vouchers,
    sum(amount_yuan)::decimal(18, 2) as amount_yuan,
    first_place(source_file, source_sheet, source_row) as place
from counted
where project_code in (select projects.project_code from projects)
group by
    project_code,
    unit_name,
    quota_doc_no,
    paid_on,
    voucher_status
