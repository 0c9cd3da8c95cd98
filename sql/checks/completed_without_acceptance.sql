-- completed_without_acceptance: a project is reported as completed and has no acceptance result.
-- Grain: one row per project.
-- Law: 政府采购法 art. 41 (acceptance of what was supplied).
-- Reason: completion is shown by acceptance; without it the answer contradicts itself.
with
projects as (
    select * from public_projects()
),

progress as (
    select * from staging.project_progress
    where project_status = 'completed' and acceptance_result is null
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '无验收结论' as found,
    '有验收结论' as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    projects.project_code as identity,
    '实施状态为“' || status_zh(progress.project_status) || '”,完工日期' || iso_day(progress.finished_on)
    || ',没有填写验收结论' as detail,
    null::varchar as law,
    progress.source_file,
    progress.source_sheet,
    progress.source_row
from progress
inner join projects using (project_code)
order by projects.project_code
