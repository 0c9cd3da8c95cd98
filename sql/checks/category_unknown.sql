-- category_unknown: a project's construction category is none the scheme knows.
-- Grain: one row per project.
-- Law: 预算法 art. 57 (spending is evaluated).
-- Reason: findings on it would belong to no indicator ($categories), so its delays would cost nothing in silence.
with
projects as (
    select * from public_projects()
    where not list_contains($categories::varchar[], category)
),

plan as (
    select * from staging.plan_projects
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    projects.category as found,
    '评价指标体系中的建设类别' as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    projects.project_code as identity,
    '建设类别“' || projects.category || '”不在评价指标体系内,该项目的问题无法对应到指标' as detail,
    null::varchar as law,
    plan.source_file,
    plan.source_sheet,
    plan.source_row
from projects
inner join plan using (project_code)
order by projects.project_code
