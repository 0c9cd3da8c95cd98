-- refund_without_original: a refund names no original voucher, or one the export does not hold.
-- Grain: one row per refund.
-- Law: 会计法 art. 14 (entries rest on checked vouchers).
-- Reason: a refund nets against its original; without one nobody can tell whose payment it takes back.
with
projects as (
    select * from public_projects()
),

refunds as (
    select * from shared.refunds
    where not has_original
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    coalesce('原凭证' || refunds.original_voucher_no, '未填写原凭证号') as found,
    '原凭证在支付明细中' as expected,
    abs(refunds.amount_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    refunds.voucher_no as identity,
    iso_day(refunds.paid_on) || '退款' || wan_text(abs(refunds.amount_yuan)) || '万元,'
    || coalesce('原凭证' || refunds.original_voucher_no || '不在支付明细中', '没有填写原凭证号') as detail,
    null::varchar as law,
    refunds.source_file,
    refunds.source_sheet,
    refunds.source_row
from refunds
inner join projects using (project_code)
order by refunds.voucher_no
