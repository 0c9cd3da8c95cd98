-- fund_unknown: vouchers name a fund that is not this one but is written so much like it that it may be meant.
-- Grain: one row per fund name.
-- Law: 会计法 art. 14 (entries rest on checked vouchers).
-- Reason: such vouchers do not count, so a slip in the name would hide payments. Alike means, brackets, blanks and
-- punctuation aside: the same, one contained in the other, or as long and different in at most $max_name_edits characters.
with
fund as (
    select
        fund_name,
        regexp_replace(fund_name, '[\s\pP\pS]', '', 'g') as bare_name
    from staging.budget_approval
),

named as (
    select
        vouchers.fund_name,
        regexp_replace(vouchers.fund_name, '[\s\pP\pS]', '', 'g') as bare_name,
        count(distinct vouchers.voucher_no) as vouchers,
        sum(vouchers.amount_yuan) as amount_yuan,
        first_place(vouchers.source_file, vouchers.source_sheet, vouchers.source_row) as place
    from staging.vouchers as vouchers
    where
        vouchers.paid_on between $first_day and $last_day
        and vouchers.voucher_status != 'void'
        and vouchers.fund_name != (select fund.fund_name from fund)
    group by vouchers.fund_name
),

compared as (
    select
        named.*,
        fund.fund_name as own_name,
        contains(named.bare_name, fund.bare_name) or contains(fund.bare_name, named.bare_name) as is_contained,
        differing_characters(named.bare_name, fund.bare_name) as edits
    from named
    cross join fund
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    fund_name as found,
    own_name as expected,
    amount_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    fund_name as identity,
    vouchers || '笔共' || wan_text(amount_yuan) || '万元写的专项资金是“' || fund_name || '”,与“' || own_name
    || '”相近而不相同,未计入本资金' as detail,
    null::varchar as law,
    compared.place.file as source_file,
    compared.place.sheet as source_sheet,
    compared.place.row as source_row
from compared
where is_contained or edits <= $max_name_edits::integer
order by fund_name
