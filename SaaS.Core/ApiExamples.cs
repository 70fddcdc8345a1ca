using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using SaaS.Core.Http;

namespace SaaS.Core;

/// <summary>
/// Adds an example value to each request field and parameter. A name has the same meaning, and so the same example, wherever it is used; a
/// test sends all of them.
/// </summary>
internal static class ApiExamples
{
    private const string Id = "019ab2f4-6c00-7a10-8c3e-5f7d9b1a2c4e";

    /// <summary>Example values by name of field or parameter.</summary>
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal)
    {
        ["action"] = "\"member.added\"",
        ["actor"] = $"\"user:{Id}\"",
        ["allowed_azure_groups"] = $"""["{Id}"]""",
        ["allowed_networks"] = """["192.0.2.0/24", "2001:db8::/32"]""",
        ["allowed_email_domains"] = """["example.com"]""",
        ["app_type"] = "\"confidential\"",
        ["auth_method"] = "\"both\"",
        ["challenge"] = "\"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\"", // with its verifier, from RFC 7636, appendix B
        ["client_id"] = $"\"{Id}\"",
        ["client_secret"] = "\"a-client-secret\"",
        ["client_secret_expires_at"] = "\"2030-01-31T00:00:00Z\"",
        ["code"] = "\"123456\"",
        ["consumer"] = "\"verify-uploaded-document\"",
        ["created_before"] = "\"2030-01-31T12:00:00Z\"",
        ["created_from"] = "\"2026-01-31T12:00:00Z\"",
        ["credential"] = """{"id": "AQIDBA", "type": "public-key"}""",
        ["current_password"] = "\"Engine1843\"",
        ["cursor"] = "\"d6GrmqM1VZ0I3rGo-cYAAAGasvRsAHoQjD5ffZsaLE4\"",
        ["day"] = "\"2026-01-31\"",
        ["default_role"] = "\"viewer\"",
        ["description"] = "\"Imports the invoices of the plant.\"",
        ["document_id"] = $"\"{Id}\"",
        ["document_ids"] = $"""["{Id}"]""",
        ["domain"] = "\"example.com\"",
        ["email"] = "\"ada@example.com\"",
        ["emails"] = """["ada@example.com"]""",
        ["enable"] = "false",
        ["enabled"] = "true",
        ["error"] = "\"access_denied\"",
        ["error_description"] = "\"The person has cancelled the sign-in.\"",
        ["expires_in"] = "3600",
        ["expires_in_days"] = "90",
        ["export"] = "false",
        ["file"] = "\"%PDF-1.7\\n\"",
        ["file_metadata"] = """{"department": "Engineering", "checked": true, "draft": null}""",
        ["filename"] = "\"report.pdf\"",
        ["first_name"] = "\"Ada\"",
        ["force"] = "false",
        ["format"] = "\"json\"",
        ["from"] = "\"2026-01-31T12:00:00Z\"",
        ["grace_period_days"] = "14",
        ["group_role_mapping"] = $$"""{"{{Id}}": "user"}""",
        ["include_deleted"] = "false",
        ["include_stats"] = "true",
        ["invitation_id"] = $"\"{Id}\"",
        ["is_active"] = "true",
        ["is_enabled"] = "true",
        ["job"] = "\"check-health\"",
        ["keep_azure_identities"] = "true",
        ["key"] = "\"greeting\"",
        ["last_name"] = "\"Lovelace\"",
        ["limit"] = "10",
        ["link_code"] = "\"a-link-code\"",
        ["login_hint"] = "\"ada@example.com\"",
        ["max_documents"] = "100000",
        ["max_members"] = "500",
        ["max_requests_per_minute"] = "6000",
        ["max_storage_bytes"] = "10737418240",
        ["message"] = """{"text": "Hello"}""",
        ["mime_type"] = "\"application/pdf\"",
        ["mfa_token"] = "\"an-mfa-token\"",
        ["min_age_hours"] = "48",
        ["mode"] = "\"read_only\"",
        ["name"] = "\"Analytical Engines\"",
        ["new_password"] = "\"Difference1822\"",
        ["only_enabled"] = "true",
        ["outcome"] = "\"succeeded\"",
        ["overlap_seconds"] = "3600",
        ["page"] = "1",
        ["password"] = "\"Engine1843\"",
        ["per_page"] = "20",
        ["period"] = "\"month\"",
        ["post_logout_redirect_uri"] = "null",
        ["provider"] = "\"azure_ad\"",
        ["provider_tenant_id"] = "\"contoso.onmicrosoft.com\"",
        ["reason"] = "\"Unpaid invoices since March.\"",
        ["redirect"] = "false",
        ["redirect_uri"] = "\"/\"",
        ["refresh_token"] = "\"a-refresh-token\"",
        ["require_mfa"] = "true",
        ["return_url"] = "\"/\"",
        ["role"] = "\"user\"",
        ["scopes"] = """["documents:read"]""",
        ["search"] = "\"ada\"",
        ["sort"] = "\"-created_at\"",
        ["state"] = "\"a-state\"",
        ["subject_id"] = $"\"{Id}\"",
        ["subject_type"] = "\"member\"",
        ["sync_attributes_on_login"] = "true",
        ["target_tenant_id"] = $"\"{Id}\"",
        ["tenant_id"] = $"\"{Id}\"",
        ["to"] = "\"2030-01-31T12:00:00Z\"",
        ["token"] = "\"a-token-of-a-link\"",
        ["topic"] = "\"demo\"",
        ["type"] = "\"document.uploaded\"",
        ["user_id"] = $"\"{Id}\"",
        ["verifier"] = "\"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk\"",
    };

    /// <summary>Examples of path parameters that differ from a field of the same name.</summary>
    private static readonly Dictionary<string, string> InPaths = new(StringComparer.Ordinal)
    {
        ["domain"] = "\"example.com\"",
        ["name"] = "\"check-health\"",
        ["service"] = "\"postgres\"",
    };

    /// <summary>Examples of request fields that differ from a field of the same name in other requests.</summary>
    private static readonly Dictionary<(string Schema, string Field), string> InSchemas = new()
    {
        [("InviteMembersRequest", "message")] = "\"Welcome to our workspace.\"",
        [("SignInWithRecoveryCodeRequest", "code")] = "\"7h2k-9mzt-4c0x-w5ra\"",
    };

    /// <summary>Fields that an example omits, because only one of two alternative fields may be given.</summary>
    private static readonly HashSet<(string Schema, string Field)> OmittedFields =
    [
        ("AddMemberRequest", "user_id"),
        ("AnswerInvitationRequest", "invitation_id"),
        ("InviteMembersRequest", "emails"),
    ];

    public static void AddTo(OpenApiDocument document)
    {
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations?.Values.AsEnumerable() ?? []))
        {
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            {
                parameter.Example = CreateExample(parameter);
            }

            foreach (var (type, media) in operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>())
            {
                if (type is JsonContentTypes.Json or JsonContentTypes.MergePatch or RequestSchemas.Form && media.Schema is { } schema)
                {
                    media.Example = CreateExample(schema);
                }
            }
        }
    }

    private static JsonNode? CreateExample(OpenApiParameter parameter) =>
        parameter.In switch
        {
            ParameterLocation.Path => JsonNode.Parse(InPaths.GetValueOrDefault(parameter.Name!, $"\"{Id}\"")),
            ParameterLocation.Query => GetExample(parameter.Name!),
            ParameterLocation.Header when parameter.Name == Idempotency.IdempotentRoutes.Header => $"{Id}",
            _ => null,
        };

    private static JsonNode? CreateExample(IOpenApiSchema schema)
    {
        if ((schema.OneOf ?? []).FirstOrDefault(choice => choice is OpenApiSchemaReference) is { } chosen)
        {
            return CreateExample(chosen);
        }

        var name = (schema as OpenApiSchemaReference)?.Reference.Id ?? "";
        var example = new JsonObject();
        foreach (var (field, value) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (!OmittedFields.Contains((name, field)))
            {
                example[field] =
                    IsObject(value) ? CreateExample(value)
                    : value.Items is { } items && IsObject(items) ? new JsonArray(CreateExample(items))
                    : InSchemas.TryGetValue((name, field), out var own) ? JsonNode.Parse(own)
                    : GetExample(field);
            }
        }

        return example;
    }

    // True only for objects with declared fields: a dictionary has an example value like any other field.
    private static bool IsObject(IOpenApiSchema schema) =>
        schema.Properties is { Count: > 0 } || (schema.OneOf ?? []).Any(choice => choice.Properties is { Count: > 0 });

    private static JsonNode? GetExample(string name) =>
        Values.TryGetValue(name, out var value)
            ? JsonNode.Parse(value)
            : throw new InvalidOperationException($"ApiExamples has no value for '{name}'. Every request field needs an example.");
}
