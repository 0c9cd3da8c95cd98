-- benefit_not_realised: the benefit a project was meant to bring is realised in part or not at all.
-- Grain: one row per project.
-- Law: 预算法 art. 57 (spending is evaluated by its results).
-- Reason: the level is the department's own answer; 不适用 (an excused project) is no finding.
with
projects as (
    select * from public_projects()
),

unrealised as (
    select * from staging.project_progress
    where benefit_level in ('partial', 'none')
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    benefit_zh(unrealised.benefit_level) as found,
    benefit_zh('full') as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    projects.project_code as identity,
    '预期效益“' || benefit_zh(unrealised.benefit_level) || '”,实施状态为“'
    || status_zh(unrealised.project_status) || '”' as detail,
    null::varchar as law,
    unrealised.source_file,
    unrealised.source_sheet,
    unrealised.source_row
from unrealised
inner join projects using (project_code)
order by projects.project_code
