-- Classified projects: their number and their money, as one aggregate.
-- Grain: one row, zeros where the fund has no classified project.
-- Key: none
-- Reason: of classified projects only the arrival and use of money may be reported, never a name or content.
with
plan as (
    select
        project_code,
        planned_yuan
    from restricted.plan_projects
    union all
    select
        project_code,
        planned_yuan
    from staging.plan_projects
    where is_classified
),

planned as (
    select
        count(distinct project_code) as projects,
        coalesce(sum(planned_yuan), 0)::decimal(18, 2) as planned_yuan
    from plan
),

released as (
    select
        coalesce(sum(applied_yuan), 0)::decimal(18, 2) as applied_yuan,
        coalesce(sum(released_yuan), 0)::decimal(18, 2) as released_yuan
    from restricted.releases
),

paid as (
    select coalesce(sum(amount_yuan), 0)::decimal(18, 2) as paid_yuan
    from counted_vouchers('restricted.vouchers', $first_day, $last_day)
)

select
    planned.projects,
    planned.planned_yuan,
    released.applied_yuan,
    released.released_yuan,
    paid.paid_yuan,
    (released.released_yuan - paid.paid_yuan)::decimal(18, 2) as carry_over_yuan
from planned
cross join released
cross join paid
