using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using SaaS.Core.Documents;
using SaaS.Core.Http;
using SaaS.Core.Paging;

namespace SaaS.Benchmarks;

/// <summary>
/// A minimal endpoint for a page of documents of one tenant: the same SQL statements, including the membership check, with plain
/// Npgsql. No rate limits, tracing or tenant resolution, and the tenant connection is already open.
/// </summary>
internal static class BareDocuments
{
    internal const string Database = "tenant";

    private const int PageSize = 20;

    private const string Membership = """
        SELECT m.role, t.auth_method, t.schema_version, t.quotas_max_requests_per_minute, t.database_name, t.database_role, t.encrypted_database_password
        FROM memberships AS m
        INNER JOIN tenants AS t ON m.tenant_id = t.id
        WHERE m.tenant_id = $1 AND m.user_id = $2 AND t.state = 'Active'
        LIMIT 2
        """;

    private const string Count = "SELECT documents FROM content_usage LIMIT 2";

    private const string Page = """
        SELECT d.id, d.filename, d.mime_type, d.file_id, d.user_id, d.created_at, d.updated_at, f.md5_hash, f.sha256_hash, f.file_size, f.created_at, f.verified_at
        FROM (SELECT id, created_at, file_id, filename, mime_type, updated_at, user_id FROM documents ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2) AS d
        INNER JOIN files AS f ON d.file_id = f.id
        ORDER BY d.created_at DESC, d.id DESC
        """;

    internal static void Map(IEndpointRouteBuilder routes, NpgsqlDataSource tenant) =>
        routes
            .MapGet(
                "/api/tenants/{tenantId:guid}/documents",
                (Guid tenantId, HttpContext http, NpgsqlDataSource control, CancellationToken ct) =>
                    HandleAsync(tenantId, http, control, tenant, ct)
            )
            .RequireAuthorization();

    private static async Task<Results<Ok<ApiResponse<DocumentList>>, NotFound>> HandleAsync(
        Guid tenantId,
        HttpContext http,
        NpgsqlDataSource control,
        NpgsqlDataSource tenant,
        CancellationToken ct
    )
    {
        if (!await IsMemberAsync(control, tenantId, Guid.Parse(http.User.FindFirst("sub")!.Value), ct))
        {
            return TypedResults.NotFound();
        }

        await using var connection = await tenant.OpenConnectionAsync(ct);
        await using var count = new NpgsqlCommand(Count, connection);
        var total = (int)(long)(await count.ExecuteScalarAsync(ct))!;
        var documents = await ReadPageAsync(connection, ct);
        return ApiResponse.Ok(
            new DocumentList(
                documents,
                new Pagination(1, PageSize, total, (total + PageSize - 1) / PageSize, TotalIsCapped: false),
                NextCursor: null,
                HasMore: true
            ),
            "Documents retrieved"
        );
    }

    private static async Task<bool> IsMemberAsync(NpgsqlDataSource control, Guid tenantId, Guid userId, CancellationToken ct)
    {
        await using var command = control.CreateCommand(Membership);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = tenantId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = userId });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) && row.GetString(0).Length > 0;
    }

    private static async Task<List<DocumentView>> ReadPageAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Page, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = PageSize });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = 0 });
        await using var row = await command.ExecuteReaderAsync(ct);
        List<DocumentView> documents = [];
        while (await row.ReadAsync(ct))
        {
            var owner = row.GetGuid(4);
            documents.Add(
                new DocumentView(
                    row.GetGuid(0),
                    row.GetString(1),
                    row.GetString(2),
                    row.GetGuid(3),
                    owner,
                    row.GetFieldValue<DateTimeOffset>(5),
                    row.GetFieldValue<DateTimeOffset>(6),
                    owner,
                    new DocumentFileView(
                        row.GetString(7),
                        row.GetString(8),
                        row.GetInt64(9),
                        row.GetFieldValue<DateTimeOffset>(10),
                        await row.IsDBNullAsync(11, ct) ? null : row.GetFieldValue<DateTimeOffset>(11)
                    )
                )
            );
        }

        return documents;
    }
}
