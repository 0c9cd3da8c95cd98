-- applied_over_budget: the units together applied for more than the year's budget.
-- Grain: one row, for the fund.
-- Law: 预算法 art. 13 (no spending without a budget).
-- Reason: classified projects are in the sum, as in every total of the fund.
with
approval as (
    select
        budget_yuan,
        source_file,
        source_sheet
    from staging.budget_approval
),

cells as (
    select source_row from staging.budget_approval_cells
    where field = 'budget_yuan'
),

money as (
    select applied_yuan from marts.fund_money
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    '申请' || wan_text(money.applied_yuan) || '万元' as found,
    '不超过预算' || wan_text(approval.budget_yuan) || '万元' as expected,
    (money.applied_yuan - approval.budget_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    '年初预算' as identity,
    '年初预算' || wan_text(approval.budget_yuan) || '万元,累计申请' || wan_text(money.applied_yuan) || '万元,超出'
    || wan_text(money.applied_yuan - approval.budget_yuan) || '万元' as detail,
    null::varchar as law,
    approval.source_file,
    approval.source_sheet,
    cells.source_row
from approval
left join cells on true
cross join money
where money.applied_yuan > approval.budget_yuan
