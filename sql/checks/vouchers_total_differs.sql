-- vouchers_total_differs: the treasury export's own total row is none of the totals its rows give.
-- Grain: one row per stated total.
-- Law: 会计法 art. 17 (books and vouchers agree).
-- Reason: exports differ in whether void vouchers and repeated rows are in their total, so each of the four ways to add up
-- is tried; only a total that fits none is a finding. Classified rows are in the sums, none is told.
with
stated as (
    select * from staging.stated_totals_treasury_payments
    where total_kind = 'total' and field = 'amount_yuan'
),

vouchers as (
    select
        voucher_no,
        amount_yuan,
        voucher_status = 'void' as is_void
    from whole.vouchers
),

once as (
    select distinct
        voucher_no,
        amount_yuan,
        is_void
    from vouchers
),

sums as (
    select
        'once' as counting,
        coalesce(sum(amount_yuan), 0)::decimal(18, 2) as all_yuan,
        coalesce(sum(amount_yuan) filter (where is_void), 0)::decimal(18, 2) as void_yuan
    from once
    union all
    select
        'every row' as counting,
        coalesce(sum(amount_yuan), 0)::decimal(18, 2) as all_yuan,
        coalesce(sum(amount_yuan) filter (where is_void), 0)::decimal(18, 2) as void_yuan
    from vouchers
),

totals as (
    select all_yuan as total_yuan from sums
    union
    select (all_yuan - void_yuan)::decimal(18, 2) as total_yuan from sums
),

unmatched as (
    select stated.* from stated
    anti join totals on stated.stated_value = totals.total_yuan
),

compared as (
    select
        unmatched.*,
        sums.all_yuan,
        unmatched.stated_value - sums.all_yuan as difference_yuan
    from unmatched
    cross join sums
    where sums.counting = 'once'
),

explained as (
    select
        compared.source_row,
        min(vouchers.voucher_no) as voucher_no
    from compared
    inner join staging.vouchers as vouchers on abs(compared.difference_yuan) = abs(vouchers.amount_yuan)
    group by compared.source_row
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    '表中合计' || wan_text(compared.stated_value) || '万元' as found,
    '各行合计' || wan_text(compared.all_yuan) || '万元' as expected,
    compared.difference_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    '合计行' as identity,
    '合计行写' || wan_text(compared.stated_value) || '万元,各凭证(重复的计一次)合计' || wan_text(compared.all_yuan)
    || '万元,相差' || wan_text(compared.difference_yuan) || '万元'
    || coalesce(',凭证' || explained.voucher_no || '的金额与差额相同,请先核对', '') as detail,
    null::varchar as law,
    compared.source_file,
    compared.source_sheet,
    compared.source_row
from compared
left join explained using (source_row)
