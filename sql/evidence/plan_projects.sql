-- Evidence of the counts of the plan: its projects, new and continuing ones, classified ones, implementing units.
-- Grain: one row per fact and row of the plan that it counts.
-- Facts: projects, projects_new, projects_continuing, projects_classified, implementing_units
-- Reason: a unit is counted at the first row that names it and nought at the others, so that amounts add up to the count.
with
plan as (
    select * from staging.plan_projects
    where not is_classified
    union all by name
    select * from restricted.plan_projects
),

ranked as (
    select
        *,
        row_number() over (partition by unit_name order by is_classified asc, source_sheet asc, source_row asc) as of_unit
    from plan
),

counted as (
    select
        *,
        unnest([
            { 'fact': 'projects', 'amount': 1 },
            { 'fact': 'projects_new', 'amount': (project_nature = 'new')::integer },
            { 'fact': 'projects_continuing', 'amount': (project_nature = 'continuing')::integer },
            { 'fact': 'projects_classified', 'amount': is_classified::integer },
            { 'fact': 'implementing_units', 'amount': (of_unit = 1)::integer }
        ]) as stated
    from ranked
)

select
    stated.fact,
    project_code,
    stated.amount::decimal(22, 4) as amount,
    is_classified as is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from counted
where stated.amount = 1 or stated.fact = 'implementing_units'
