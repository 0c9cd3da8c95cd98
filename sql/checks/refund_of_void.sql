-- refund_of_void: a refund takes back a voucher that is void.
-- Grain: one row per refund.
-- Law: 会计法 art. 14 (entries rest on checked vouchers).
-- Reason: a void voucher never paid anything, so its refund would make the fund look less spent than it is.
with
projects as (
    select * from public_projects()
),

refunds as (
    select * from shared.refunds
    where is_original_void
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '原凭证已作废' as found,
    '原凭证已支付' as expected,
    abs(refunds.amount_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    refunds.voucher_no as identity,
    iso_day(refunds.paid_on) || '退款' || wan_text(abs(refunds.amount_yuan)) || '万元冲减凭证' || refunds.original_voucher_no
    || ',该凭证已作废、没有支付' as detail,
    null::varchar as law,
    refunds.source_file,
    refunds.source_sheet,
    refunds.source_row
from refunds
inner join projects using (project_code)
order by refunds.voucher_no
