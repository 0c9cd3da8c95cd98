-- Payments: what was paid for each public project in each month, of the vouchers that count for the fund-year.
-- Grain: one row per project and month with such vouchers.
-- Key: project_code, month
-- Reason: all money per project and unit is summed from these rows, which are sums of shared.payments: what rules look at and
-- what is measured are the same vouchers. Every figure leads back to its vouchers by the evidence. The unit is the
-- project's, not the paying account's, so that units and projects add up to the same.
with
paid as (
    select
        project_code,
        month(paid_on)::integer as month,
        vouchers,
        amount_yuan
    from shared.payments
),

plan as (
    select
        project_code,
        unit_name
    from staging.plan_projects
    where not is_classified
)

select
    paid.project_code,
    paid.month,
    plan.unit_name,
    sum(paid.vouchers)::bigint as vouchers,
    sum(paid.amount_yuan)::decimal(18, 2) as paid_yuan
from paid
inner join plan using (project_code)
group by paid.project_code, paid.month, plan.unit_name
order by paid.project_code, paid.month
