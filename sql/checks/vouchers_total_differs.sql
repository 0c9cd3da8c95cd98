-- vouchers_total_differs: the treasury export's own total row is none of the totals its rows give.
-- Grain: one row per stated total.
-- Law: 会计法 art. 17 (books and vouchers agree).
-- Reason: exports differ in whether void vouchers and repeated rows are in their total, so each of the four ways to add up
-- is tried; only a total that fits none is a finding. Classified rows are in the sums, none is told. A public voucher of
-- the difference's amount, or the only two that add up to it, are named as the place to look first.
with
stated as (
    select * from staging.stated_totals_treasury_payments
    where total_kind = 'total' and field = 'amount_yuan'
),

sums as (
    select * from shared.export_sums
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

-- Amounts that come once: of several rows with the same amount none explains more than the others.
amounts as (
    select
        amount_yuan,
        min(voucher_no) as voucher_no
    from staging.vouchers
    -- Nothing to explain leaves nothing to read.
    where amount_yuan <= (select max(abs(compared.difference_yuan)) from compared)
    group by amount_yuan
    having count(distinct voucher_no) = 1
),

alike as (
    select
        compared.source_row,
        min(vouchers.voucher_no) as voucher_no
    from compared
    inner join staging.vouchers as vouchers on abs(compared.difference_yuan) = abs(vouchers.amount_yuan)
    group by compared.source_row
),

pairs as (
    select
        compared.source_row,
        min(one.voucher_no || '与' || other.voucher_no) as numbers
    from compared
    inner join amounts as one on one.amount_yuan < abs(compared.difference_yuan)
    inner join amounts as other
        on
            abs(compared.difference_yuan) - one.amount_yuan = other.amount_yuan
            and one.voucher_no < other.voucher_no
    group by compared.source_row
    having count(*) = 1
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
    || coalesce(
        ',凭证' || alike.voucher_no || '的金额与差额相同,请先核对',
        ',凭证' || pairs.numbers || '的合计与差额相同,请先核对',
        ''
    ) as detail,
    null::varchar as law,
    compared.source_file,
    compared.source_sheet,
    compared.source_row
from compared
left join alike using (source_row)
left join pairs using (source_row)
