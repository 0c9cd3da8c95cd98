-- Monitored fund: the public money of the fund up to the day looked at.
-- Grain: one row.
-- Key: none
-- Reason: the sum of the projects, and beside it what was paid for projects the plan does not name, so that nothing paid
-- drops out of sight. Classified projects are in neither.
with
projects as (
    select * from marts.monitor_projects
),

months as (
    select * from marts.monitor_months
),

summed as (
    select
        count(*) as projects,
        count(*) filter (where state in ('behind', 'not_started')) as projects_behind,
        coalesce(sum(planned_yuan), 0)::decimal(18, 2) as planned_yuan,
        coalesce(sum(released_yuan), 0)::decimal(18, 2) as released_yuan,
        coalesce(sum(paid_yuan), 0)::decimal(18, 2) as paid_yuan,
        coalesce(sum(likely_carry_over_yuan), 0)::decimal(18, 2) as likely_carry_over_yuan
    from projects
),

everything as (
    select coalesce(sum(paid_yuan), 0)::decimal(18, 2) as paid_yuan
    from months
),

looked_at as (
    select
        $as_of::date as as_of,
        rate_pct($elapsed_days, $year_days) as calendar_pct
)

select
    looked_at.as_of,
    summed.projects,
    summed.projects_behind,
    summed.planned_yuan,
    summed.released_yuan,
    summed.paid_yuan,
    (everything.paid_yuan - summed.paid_yuan)::decimal(18, 2) as paid_outside_plan_yuan,
    rate_pct(summed.paid_yuan, summed.released_yuan) as execution_rate_pct,
    looked_at.calendar_pct,
    summed.likely_carry_over_yuan
from summed
cross join everything
cross join looked_at
