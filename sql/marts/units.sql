-- Units: money of the public projects of every implementing unit.
-- Grain: one row per unit with public projects.
-- Key: unit_name
-- Reason: the appendix on receipts and payments is ordered by unit.
with
projects as (
    select * from marts.projects
),

summed as (
    select
        unit_name,
        count(*) as projects,
        sum(released_yuan)::decimal(18, 2) as released_yuan,
        sum(paid_yuan)::decimal(18, 2) as paid_yuan,
        sum(carry_over_yuan)::decimal(18, 2) as carry_over_yuan
    from projects
    group by unit_name
)

select
    unit_name,
    projects,
    released_yuan,
    paid_yuan,
    carry_over_yuan,
    rate_pct(paid_yuan, released_yuan) as execution_rate_pct
from summed
order by unit_name
