-- releases_total_differs: a subtotal or the total of the release sheet is not the sum of its rows.
-- Grain: one row per stated figure.
-- Law: 会计法 art. 17 (books and vouchers agree).
-- Reason: subtotals are by unit, the total is over all rows; classified rows are in the sums, none is told.
with
stated as (
    select * from staging.stated_totals_quota_releases
    where total_kind in ('total', 'subtotal') and field in ('applied_yuan', 'released_yuan')
),

releases as (
    select
        unit_name,
        applied_yuan,
        released_yuan
    from whole.releases
),

amounts as (
    unpivot releases
    on applied_yuan, released_yuan
    into name field value amount_yuan
),

summed as (
    select
        'subtotal' as total_kind,
        unit_name as scope_text,
        field,
        sum(amount_yuan)::decimal(18, 2) as sum_yuan
    from amounts
    group by unit_name, field
    union all
    select
        'total' as total_kind,
        null as scope_text,
        field,
        sum(amount_yuan)::decimal(18, 2) as sum_yuan
    from amounts
    group by field
),

-- Public rows of each sum, for the explanation.
public_rows as (
    unpivot staging.releases
    on applied_yuan, released_yuan
    into name field value amount_yuan
),

named as (
    select
        'subtotal' as total_kind,
        unit_name as scope_text,
        field,
        list(struct_pack(name := quota_doc_no, amount_yuan := amount_yuan)) as rows_named
    from public_rows
    group by unit_name, field
    union all
    select
        'total' as total_kind,
        null as scope_text,
        field,
        list(struct_pack(name := quota_doc_no, amount_yuan := amount_yuan)) as rows_named
    from public_rows
    group by field
),

compared as (
    select
        stated.*,
        coalesce(summed.sum_yuan, 0)::decimal(18, 2) as sum_yuan,
        coalesce(named.rows_named, []) as rows_named,
        case stated.field when 'applied_yuan' then '申请金额' else '下达金额' end as field_zh,
        case stated.total_kind when 'total' then '合计' else coalesce(stated.scope_text, '') || '小计' end as total_zh
    from stated
    left join summed
        on
            stated.total_kind = summed.total_kind
            and stated.field = summed.field
            and (stated.total_kind = 'total' or stated.scope_text = summed.scope_text)
    left join named
        on
            stated.total_kind = named.total_kind
            and stated.field = named.field
            and (stated.total_kind = 'total' or stated.scope_text = named.scope_text)
    where stated.stated_value != coalesce(summed.sum_yuan, 0)
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    '表中' || total_zh || wan_text(stated_value) || '万元' as found,
    '各行合计' || wan_text(sum_yuan) || '万元' as expected,
    (stated_value - sum_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    total_zh || field_zh as identity,
    total_zh || '的' || field_zh || '写' || wan_text(stated_value) || '万元,各行合计' || wan_text(sum_yuan) || '万元,相差'
    || wan_text(stated_value - sum_yuan) || '万元' || explanation(stated_value - sum_yuan, rows_named) as detail,
    null::varchar as law,
    source_file,
    source_sheet,
    source_row
from compared
order by source_row, field
