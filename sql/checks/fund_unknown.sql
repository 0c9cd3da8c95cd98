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

names as (
    select distinct
        fund_name,
        regexp_replace(fund_name, '[\s\pP\pS]', '', 'g') as bare_name
    from shared.other_funds
    where fund_name is not null
),

compared as (
    select
        names.fund_name,
        fund.fund_name as own_name,
        contains(names.bare_name, fund.bare_name) or contains(fund.bare_name, names.bare_name) as is_contained,
        differing_characters(names.bare_name, fund.bare_name) as edits
    from names
    cross join fund
),

alike as (
    select
        fund_name,
        own_name
    from compared
    where is_contained or edits <= $max_name_edits::integer
),

vouchers as (
    select * from vouchers_of_year('staging.vouchers', $first_day, $last_day)
),

named as (
    select
        vouchers.fund_name,
        alike.own_name,
        count(distinct vouchers.voucher_no) as vouchers,
        sum(vouchers.amount_yuan) as amount_yuan,
        first_place(vouchers.source_file, vouchers.source_sheet, vouchers.source_row) as place
    from vouchers
    inner join alike using (fund_name)
    group by vouchers.fund_name, alike.own_name
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
    named.place.file as source_file,
    named.place.sheet as source_sheet,
    named.place.row as source_row
from named
order by fund_name
