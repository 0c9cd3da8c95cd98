-- other_funds: under which names but this fund's the treasury export has public vouchers, and of which projects.
-- Grain: one row per project and fund name; vouchers that name none are under an empty one.
-- Reason: two columns tell which names there are. What rules then ask of such vouchers, numbers and places, they read of those
-- rows only, and mostly there are none.
with
fund as (
    select fund_name from staging.budget_approval
)

select distinct
    project_code,
    fund_name
from staging.vouchers
where fund_name is distinct from (select fund.fund_name from fund)
