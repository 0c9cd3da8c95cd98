-- quota_document_unknown: a payment names no quota document, or one the release sheet does not hold.
-- Grain: one row per document number and project.
-- Law: 预算法 art. 57 (spending follows the budget).
-- Reason: money may only be paid from a quota that was released.
with
projects as (
    select * from public_projects()
),

releases as (
    select distinct quota_doc_no from staging.releases
),

paid as (
    select
        quota_doc_no,
        project_code,
        sum(vouchers)::bigint as vouchers,
        sum(amount_yuan) as paid_yuan,
        min(place) as place
    from shared.payments
    group by quota_doc_no, project_code
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    coalesce(paid.quota_doc_no, '未填写指标文号') as found,
    '指标下达情况中的指标文号' as expected,
    paid.paid_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    coalesce(paid.quota_doc_no, '未填写') as identity,
    coalesce('指标文号“' || paid.quota_doc_no || '”不在指标下达情况中', '没有填写指标文号') || ',支付' || paid.vouchers || '笔共'
    || wan_text(paid.paid_yuan) || '万元' as detail,
    null::varchar as law,
    paid.place.file as source_file,
    paid.place.sheet as source_sheet,
    paid.place.row as source_row
from paid
inner join projects using (project_code)
left join releases using (quota_doc_no)
where releases.quota_doc_no is null
order by identity, projects.project_code
