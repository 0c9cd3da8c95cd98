-- paid_from_other_fund: a project of the plan is paid under the name of another fund.
-- Grain: one row per project and fund name.
-- Law: 预算法 art. 57 (spending follows the budget).
-- Reason: such a voucher does not count for this fund; a name written differently would hide payments.
with
projects as (
    select * from public_projects()
),

fund as (
    select fund_name from staging.budget_approval
),

named as (
    select * from shared.other_funds
    where project_code in (select projects.project_code from projects)
),

vouchers as (
    select * from vouchers_of_year('staging.vouchers', $first_day, $last_day)
),

other as (
    select
        vouchers.project_code,
        vouchers.fund_name,
        count(distinct vouchers.voucher_no) as vouchers,
        sum(vouchers.amount_yuan) as paid_yuan,
        first_place(vouchers.source_file, vouchers.source_sheet, vouchers.source_row) as place
    from vouchers
    semi join named
        on vouchers.project_code = named.project_code and vouchers.fund_name is not distinct from named.fund_name
    group by vouchers.project_code, vouchers.fund_name
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    coalesce(other.fund_name, '未填写专项资金名称') as found,
    fund.fund_name as expected,
    other.paid_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code || ' ' || coalesce(other.fund_name, '未填写') as identity,
    '以“' || coalesce(other.fund_name, '未填写') || '”名义支付' || other.vouchers || '笔共' || wan_text(other.paid_yuan)
    || '万元,未计入本资金' as detail,
    null::varchar as law,
    other.place.file as source_file,
    other.place.sheet as source_sheet,
    other.place.row as source_row
from other
inner join projects using (project_code)
cross join fund
order by projects.project_code, found
