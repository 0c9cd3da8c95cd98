-- refunds: the refunds of public projects that count, each with the voucher it takes back.
-- Grain: one row per refund.
-- Reason: refunds are few, so the export is searched for their originals once and not by every rule about them. An
-- original may have been paid in another year, so every row of the export is searched; a refund is no original.
with
projects as (
    select project_code from public_projects()
),

counted as (
    select * from counted_given('staging.vouchers', 'shared.uncounted_vouchers', $first_day, $last_day)
    where voucher_status = 'refund'
),

refunds as (
    select * from counted
    where project_code in (select projects.project_code from projects)
),

originals as (
    select
        voucher_no,
        bool_or(voucher_status = 'void') as is_void,
        any_value(amount_yuan) filter (where voucher_status = 'paid') as paid_yuan,
        any_value(project_code) as project_code,
        first_place(source_file, source_sheet, source_row) as place
    from staging.vouchers
    where
        voucher_status != 'refund'
        and voucher_no in (select refunds.original_voucher_no from refunds)
    group by voucher_no
)

select
    refunds.voucher_no,
    refunds.project_code,
    refunds.paid_on,
    refunds.amount_yuan,
    refunds.original_voucher_no,
    refunds.source_file,
    refunds.source_sheet,
    refunds.source_row,
    originals.voucher_no is not null as has_original,
    coalesce(originals.is_void, false) as is_original_void,
    originals.paid_yuan as original_yuan,
    originals.project_code as original_project_code,
    originals.place as original_place
from refunds
left join originals on refunds.original_voucher_no = originals.voucher_no
