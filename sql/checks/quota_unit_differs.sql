-- quota_unit_differs: a quota document was released to one unit and is spent by another.
-- Grain: one row per document, project and paying unit.
-- Law: 预算法 art. 57 (spending follows the budget).
-- Reason: treasury and release sheet must tell of the same unit; a changed name or a wrong account shows here.
with
projects as (
    select * from public_projects()
),

released as (
    select distinct
        quota_doc_no,
        project_code,
        unit_name
    from staging.releases
),

paid as (
    select
        quota_doc_no,
        project_code,
        unit_name,
        sum(vouchers)::bigint as vouchers,
        sum(amount_yuan) as paid_yuan,
        min(place) as place
    from shared.payments
    group by quota_doc_no, project_code, unit_name
),

other as (
    select paid.* from paid
    anti join released using (quota_doc_no, project_code, unit_name)
),

documents as (
    select
        quota_doc_no,
        project_code,
        string_agg(unit_name, '、' order by unit_name) as unit_names
    from released
    group by quota_doc_no, project_code
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    other.unit_name as found,
    documents.unit_names as expected,
    other.paid_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    other.quota_doc_no as identity,
    other.quota_doc_no || '下达给' || documents.unit_names || ',由' || other.unit_name || '支付' || other.vouchers || '笔共'
    || wan_text(other.paid_yuan) || '万元' as detail,
    null::varchar as law,
    other.place.file as source_file,
    other.place.sheet as source_sheet,
    other.place.row as source_row
from other
inner join documents using (quota_doc_no, project_code)
inner join projects using (project_code)
order by other.quota_doc_no, projects.project_code, other.unit_name
