-- negative_balance: on some day of the year more had been paid for a project than it had been given until then.
-- Grain: one row per project, the first such day.
-- Law: 预算法 art. 13 (no spending without a budget).
-- Reason: a project can be in balance at the end of the year and have spent money it did not have in between. What it
-- brought in from earlier years is there from the first day.
with
projects as (
    select * from public_projects()
),

counted as (
    select * from shared.payments
),

moves as (
    select
        project_code,
        released_on as moved_on,
        released_yuan as moved_yuan
    from staging.releases
    union all
    select
        project_code,
        $first_day as moved_on,
        brought_in_yuan as moved_yuan
    from shared.brought_in
    union all
    select
        project_code,
        paid_on as moved_on,
        -amount_yuan as moved_yuan
    from counted
),

days as (
    select
        project_code,
        moved_on,
        sum(moved_yuan) as moved_yuan
    from moves
    group by project_code, moved_on
),

balances as (
    select
        project_code,
        moved_on,
        sum(moved_yuan) over (partition by project_code order by moved_on) as balance_yuan
    from days
),

negative as (
    select
        project_code,
        min(moved_on) as first_on,
        min_by(balance_yuan, moved_on) as first_yuan,
        min(balance_yuan) as lowest_yuan
    from balances
    where balance_yuan < 0
    group by project_code
),

paid as (
    select
        negative.project_code,
        min(counted.place) as place
    from counted
    inner join negative on counted.project_code = negative.project_code and counted.paid_on = negative.first_on
    group by negative.project_code
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '余额' || wan_text(negative.lowest_yuan) || '万元' as found,
    '余额不为负' as expected,
    negative.lowest_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    '自' || iso_day(negative.first_on) || '起累计支付超过累计下达,当日余额' || wan_text(negative.first_yuan)
    || '万元,年内最低' || wan_text(negative.lowest_yuan) || '万元' as detail,
    null::varchar as law,
    paid.place.file as source_file,
    paid.place.sheet as source_sheet,
    paid.place.row as source_row
from negative
left join paid using (project_code)
inner join projects using (project_code)
order by projects.project_code
