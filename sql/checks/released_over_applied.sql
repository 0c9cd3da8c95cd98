-- released_over_applied: more was released than the unit had applied for.
-- Grain: one row per row of the release sheet.
-- Law: 预算法 art. 57 (money is allotted by need and budget).
-- Reason: money nobody asked for will not be spent, and the arrival rate would exceed 100 %.
with
projects as (
    select * from public_projects()
),

releases as (
    select * from staging.releases
    where released_yuan > applied_yuan
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '下达' || wan_text(releases.released_yuan) || '万元' as found,
    '不超过申请' || wan_text(releases.applied_yuan) || '万元' as expected,
    (releases.released_yuan - releases.applied_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    releases.quota_doc_no as identity,
    releases.quota_doc_no || '申请' || wan_text(releases.applied_yuan) || '万元,下达' || wan_text(releases.released_yuan)
    || '万元' as detail,
    null::varchar as law,
    releases.source_file,
    releases.source_sheet,
    releases.source_row
from releases
inner join projects using (project_code)
order by releases.quota_doc_no, projects.project_code
