-- quota_document_unknown: a payment names no quota document, or one that was not released to its project.
-- Grain: one row per document number and project.
-- Law: 预算法 art. 57 (spending follows the budget).
-- Reason: money may only be paid from a quota that was released to the project; the project's own documents are named,
-- because a number written wrongly is mostly one of them. Where the project brought money in, its document may be last
-- year's: releases publish no document numbers, so that is said and not decided.
with
projects as (
    select * from public_projects()
),

releases as (
    select distinct quota_doc_no from staging.releases
),

own as (
    select
        project_code,
        list_sort(list(distinct quota_doc_no)) as documents
    from staging.releases
    group by project_code
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
),

brought_in as (
    select * from shared.brought_in
),

unreleased as (
    select
        paid.*,
        own.documents,
        brought_in.brought_in_yuan,
        case
            when paid.quota_doc_no is null then '没有填写指标文号'
            when releases.quota_doc_no is null then '指标文号“' || paid.quota_doc_no || '”不在指标下达情况中'
            else '指标文号“' || paid.quota_doc_no || '”没有下达给本项目'
        end as fault
    from paid
    left join releases using (quota_doc_no)
    left join own using (project_code)
    left join brought_in using (project_code)
    where paid.quota_doc_no is null or not coalesce(list_contains(own.documents, paid.quota_doc_no), false)
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    coalesce(unreleased.quota_doc_no, '未填写指标文号') as found,
    '下达给本项目的指标文号' as expected,
    unreleased.paid_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    coalesce(unreleased.quota_doc_no, '未填写') as identity,
    unreleased.fault || ',支付' || unreleased.vouchers || '笔共' || wan_text(unreleased.paid_yuan) || '万元'
    || coalesce(',本项目下达的文号有' || array_to_string(unreleased.documents[1:3], '、'), ',本项目没有下达')
    || coalesce(',年初结转' || wan_text(unreleased.brought_in_yuan) || '万元,可能是上年结转的指标', '') as detail,
    null::varchar as law,
    unreleased.place.file as source_file,
    unreleased.place.sheet as source_sheet,
    unreleased.place.row as source_row
from unreleased
inner join projects using (project_code)
order by identity, projects.project_code
