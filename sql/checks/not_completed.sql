-- not_completed: a project is not completed, and not for a cause that excuses it ($excused_causes).
-- Grain: one row per project.
-- Law: 预算法 art. 53 (units answer for what their budget brought about).
-- Reason: status at the end of the year as the department reports it; causes outside the department's reach are reported
-- by not_completed_excused instead.
with
projects as (
    select * from public_projects()
),

open_projects as (
    select * from staging.project_progress
    where
        project_status != 'completed'
        and (unfinished_cause is null or not list_contains($excused_causes::varchar[], unfinished_cause))
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    status_zh(open_projects.project_status) as found,
    status_zh('completed') as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    projects.project_code as identity,
    '年末实施状态为“' || status_zh(open_projects.project_status) || '”,'
    || coalesce('原因:' || open_projects.unfinished_cause, '未说明原因') as detail,
    null::varchar as law,
    open_projects.source_file,
    open_projects.source_sheet,
    open_projects.source_row
from open_projects
inner join projects using (project_code)
order by projects.project_code
