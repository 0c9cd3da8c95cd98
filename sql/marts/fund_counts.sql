-- Fund counts: how many projects and implementing units the fund has, public and classified together.
-- Grain: one row.
-- Key: none
-- Reason: a count of the whole fund gives no classified name away, but only the sealing stage can see all rows.
with
plan as (
    select
        project_code,
        project_nature,
        unit_name
    from staging.plan_projects
    union all
    select
        project_code,
        project_nature,
        unit_name
    from restricted.plan_projects
)

select
    count(distinct project_code) as projects,
    count(distinct project_code) filter (where project_nature = 'new') as projects_new,
    count(distinct project_code) filter (where project_nature = 'continuing') as projects_continuing,
    count(distinct unit_name) as implementing_units
from plan
