-- Monitored units: the public projects of every implementing unit added up.
-- Grain: one row per unit with public projects.
-- Key: unit_name
-- Reason: the note goes to units, and it is the unit that has to hurry or give the money back.
with
projects as (
    select * from marts.monitor_projects
),

summed as (
    select
        unit_name,
        count(*) as projects,
        count(*) filter (where state in ('behind', 'not_started')) as projects_behind,
        sum(released_yuan)::decimal(18, 2) as released_yuan,
        sum(paid_yuan)::decimal(18, 2) as paid_yuan,
        sum(likely_carry_over_yuan)::decimal(18, 2) as likely_carry_over_yuan
    from projects
    group by unit_name
)

select
    unit_name,
    projects,
    projects_behind,
    released_yuan,
    paid_yuan,
    rate_pct(paid_yuan, released_yuan) as execution_rate_pct,
    likely_carry_over_yuan
from summed
order by likely_carry_over_yuan desc, unit_name asc
