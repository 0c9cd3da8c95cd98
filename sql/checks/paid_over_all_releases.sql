-- paid_over_all_releases: the treasury paid more for the fund than the release sheet and earlier years gave it.
-- Grain: one row, for the fund.
-- Law: 会计法 art. 17 (books and vouchers agree), 预算法 art. 13 (no spending without a budget).
-- Reason: the two offices' files are held against each other as wholes, classified projects included; the public quota
-- documents that are overdrawn, and those the sheet does not hold, are named as the place to look first.
with
brought_in as (
    select coalesce(sum(brought_in_yuan), 0) as brought_in_yuan from shared.brought_in
),

money as (
    select
        fund_money.released_yuan,
        fund_money.paid_yuan,
        brought_in.brought_in_yuan,
        (fund_money.paid_yuan - fund_money.released_yuan - brought_in.brought_in_yuan)::decimal(18, 2) as difference_yuan
    from marts.fund_money as fund_money
    cross join brought_in
    where fund_money.paid_yuan > fund_money.released_yuan + brought_in.brought_in_yuan
),

released as (
    select
        quota_doc_no,
        sum(released_yuan) as released_yuan
    from staging.releases
    group by quota_doc_no
),

paid as (
    select
        quota_doc_no,
        sum(amount_yuan) as paid_yuan
    from shared.payments
    group by quota_doc_no
),

overdrawn as (
    select
        coalesce(paid.quota_doc_no, '未填写文号') as name,
        paid.paid_yuan - coalesce(released.released_yuan, 0) as amount_yuan
    from paid
    left join released using (quota_doc_no)
    where paid.paid_yuan > coalesce(released.released_yuan, 0)
),

named as (
    select
        coalesce(list(overdrawn), []) as rows_named,
        array_to_string(list(name || '超支' || wan_text(amount_yuan) || '万元' order by amount_yuan desc, name asc)[1:5], '、') as documents
    from overdrawn
),

source as (
    select any_value(source_file) as source_file from staging.vouchers
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    '支付' || wan_text(money.paid_yuan) || '万元' as found,
    '不超过下达和上年结转' || wan_text(money.released_yuan + money.brought_in_yuan) || '万元' as expected,
    money.difference_yuan as difference,
    '元' as difference_unit,
    '国库支付与指标下达' as identity,
    '国库集中支付合计' || wan_text(money.paid_yuan) || '万元,指标下达合计' || wan_text(money.released_yuan) || '万元,上年结转'
    || wan_text(money.brought_in_yuan) || '万元,相差'
    || wan_text(money.difference_yuan) || '万元' || coalesce(',支付大于下达的指标文号:' || nullif(named.documents, ''), '')
    || explanation(money.difference_yuan, named.rows_named) as detail,
    null::varchar as law,
    source.source_file,
    null::varchar as source_sheet,
    null::integer as source_row
from money
cross join named
cross join source
