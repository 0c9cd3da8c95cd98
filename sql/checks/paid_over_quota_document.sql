-- paid_over_quota_document: more was paid from a quota document than it released.
-- Grain: one row per quota document and project.
-- Law: 预算法 art. 13 (no spending without a budget).
-- Reason: the project as a whole may be in balance while one of its documents is overdrawn.
with
projects as (
    select * from public_projects()
),

released as (
    select
        quota_doc_no,
        project_code,
        sum(released_yuan) as released_yuan,
        first_place(source_file, source_sheet, source_row) as place
    from staging.releases
    group by quota_doc_no, project_code
),

paid as (
    select
        quota_doc_no,
        project_code,
        sum(amount_yuan) as paid_yuan
    from shared.payments
    group by quota_doc_no, project_code
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '支付' || wan_text(paid.paid_yuan) || '万元' as found,
    '不超过下达' || wan_text(released.released_yuan) || '万元' as expected,
    (paid.paid_yuan - released.released_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    released.quota_doc_no as identity,
    released.quota_doc_no || '下达' || wan_text(released.released_yuan) || '万元,支付' || wan_text(paid.paid_yuan)
    || '万元,超出' || wan_text(paid.paid_yuan - released.released_yuan) || '万元' as detail,
    null::varchar as law,
    released.place.file as source_file,
    released.place.sheet as source_sheet,
    released.place.row as source_row
from released
inner join paid using (quota_doc_no, project_code)
inner join projects using (project_code)
where paid.paid_yuan > released.released_yuan
order by released.quota_doc_no, projects.project_code
