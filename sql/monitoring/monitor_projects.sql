-- Monitored projects: what was released and paid up to the day looked at, and what will be left at the pace so far.
-- Grain: one row per public project of the plan.
-- Key: project_code
-- Reason: whoever sees in July which money will lie idle in December can still move it (财预〔2019〕136号). The outlook is
-- an extrapolation and says so: paid / days elapsed x days of the year, in whole 分, at most what is released. It is
-- shown beside what is known and never becomes a figure of an evaluation.
with
plan as (
    select
        project_code,
        project_name,
        unit_name,
        planned_yuan
    from staging.plan_projects
    where not is_classified
),

released as (
    select
        project_code,
        sum(released_yuan) as released_yuan
    from staging.releases
    where released_on <= $as_of
    group by project_code
),

paid as (
    select
        project_code,
        sum(amount_yuan) as paid_yuan,
        max(paid_on) as last_paid_on
    from counted_vouchers('staging.vouchers', $first_day, $as_of)
    group by project_code
),

money as (
    select
        plan.*,
        coalesce(released.released_yuan, 0)::decimal(18, 2) as released_yuan,
        coalesce(paid.paid_yuan, 0)::decimal(18, 2) as paid_yuan,
        paid.last_paid_on
    from plan
    left join released using (project_code)
    left join paid using (project_code)
),

outlook as (
    select
        *,
        least(
            (
                greatest((paid_yuan::decimal(38, 2) * 100)::hugeint, 0) * $year_days // $elapsed_days
            )::decimal(36, 0) * 0.01::decimal(2, 2),
            greatest(released_yuan, paid_yuan)
        )::decimal(18, 2) as likely_paid_yuan,
        rate_pct(paid_yuan, released_yuan) as execution_rate_pct,
        rate_pct($elapsed_days, $year_days) as calendar_pct
    from money
),

judged as (
    select
        *,
        greatest(released_yuan - likely_paid_yuan, 0)::decimal(18, 2) as likely_carry_over_yuan,
        case
            when released_yuan = 0 and paid_yuan = 0 then 'not_released'
            when paid_yuan > released_yuan then 'overpaid'
            when paid_yuan <= 0 then 'not_started'
            when calendar_pct - execution_rate_pct >= $lag_points then 'behind'
            else 'on_track'
        end as state
    from outlook
)

select
    project_code,
    project_name,
    unit_name,
    planned_yuan,
    released_yuan,
    paid_yuan,
    last_paid_on,
    execution_rate_pct,
    calendar_pct,
    likely_paid_yuan,
    likely_carry_over_yuan,
    state
from judged
order by likely_carry_over_yuan desc, project_code asc
