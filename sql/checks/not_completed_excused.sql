-- not_completed_excused: a project is not completed for a cause that excuses it ($excused_causes).
-- Grain: one row per project.
-- Law: 预算法 art. 53 (units answer for what their budget brought about).
-- Reason: reported, never deducted: the cause lies with a higher authority's policy, not with the unit.
with
projects as (
    select * from public_projects()
),

excused as (
    select * from staging.project_progress
    where
        project_status != 'completed'
        and list_contains($excused_causes::varchar[], unfinished_cause)
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    status_zh(excused.project_status) as found,
    status_zh('completed') as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    projects.project_code as identity,
    '年末实施状态为“' || status_zh(excused.project_status) || '”,原因:' || excused.unfinished_cause || ',属于免责情形' as detail,
    null::varchar as law,
    excused.source_file,
    excused.source_sheet,
    excused.source_row
from excused
inner join projects using (project_code)
order by projects.project_code
