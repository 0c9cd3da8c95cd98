-- Classified money: what each classified project planned, applied for, received and spent, for the arithmetic gate only.
-- Grain: one row per classified project of the plan.
-- Key: project_code
-- Reason: the gate has to know how many projects stand behind a published sum; nothing of this is written anywhere.
with
plan as (
    select
        project_code,
        unit_name,
        planned_yuan
    from restricted.plan_projects
    union
    select
        project_code,
        unit_name,
        planned_yuan
    from staging.plan_projects
    where is_classified
),

released as (
    select
        project_code,
        sum(applied_yuan) as applied_yuan,
        sum(released_yuan) as released_yuan
    from restricted.releases
    group by project_code
),

paid as (
    select
        project_code,
        sum(amount_yuan) as paid_yuan
    from counted_vouchers('restricted.vouchers', $first_day, $last_day)
    group by project_code
)

select
    plan.project_code,
    plan.unit_name,
    coalesce(plan.planned_yuan, 0)::decimal(18, 2) as planned,
    coalesce(released.applied_yuan, 0)::decimal(18, 2) as applied,
    coalesce(released.released_yuan, 0)::decimal(18, 2) as released,
    coalesce(paid.paid_yuan, 0)::decimal(18, 2) as paid,
    (coalesce(released.released_yuan, 0) - coalesce(paid.paid_yuan, 0))::decimal(18, 2) as carry_over
from plan
left join released using (project_code)
left join paid using (project_code)
order by plan.project_code
