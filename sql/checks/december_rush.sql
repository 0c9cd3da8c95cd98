-- december_rush: December has more than $max_december_pct % of the year's payments.
-- Grain: one row, for the fund.
-- Law: 预算法 art. 57 (money is allotted and spent in time).
-- Reason: money rushed out at the end of the year is often not needed then. Classified payments are in the sum.
with
months as (
    select
        sum(paid_yuan) as year_yuan,
        sum(paid_yuan) filter (where month = 12) as december_yuan,
        $max_december_pct::decimal(7, 2) as max_pct
    from marts.fund_months
),

shares as (
    select
        *,
        rate_pct(december_yuan, year_yuan) as december_pct
    from months
    where december_yuan * 100 > max_pct * year_yuan
),

source as (
    select any_value(source_file) as source_file from staging.vouchers
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    shares.december_pct || '%' as found,
    '不超过' || number_text(shares.max_pct) || '%' as expected,
    (shares.december_pct - shares.max_pct)::decimal(18, 2) as difference,
    '个百分点' as difference_unit,
    '12月' as identity,
    '12月支付' || wan_text(shares.december_yuan) || '万元,占全年' || wan_text(shares.year_yuan) || '万元的'
    || shares.december_pct || '%' as detail,
    null::varchar as law,
    source.source_file,
    null::varchar as source_sheet,
    null::integer as source_row
from shares
cross join source
