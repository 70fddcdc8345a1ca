using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;

namespace SaaS.Core;

/// <summary>What the OpenAPI document says beside the routes: what this API is, and how one signs in to it.</summary>
internal static class ApiDescription
{
    /// <summary>The content type of bytes that are of a type of their own.</summary>
    public const string AnyType = "*/*";

    private const string Bearer = "bearer";

    private static readonly Dictionary<string, string> Tags = new(StringComparer.Ordinal)
    {
        ["Administration"] = "For operators of the platform: accounts, tenants, jobs, events, migrations, usage and configuration.",
        ["Audit"] = "What happened in a tenant.",
        ["Authentication"] = "Registration, sign-in, tokens, and the links that are mailed.",
        ["Demo"] = "Events to try, in development alone.",
        ["Documents"] = "The documents of a tenant: upload, list, change, download.",
        ["Files"] = "The stored content that documents show.",
        ["Members"] = "The members of a tenant and their roles.",
        ["Monitoring"] = "For operators of the platform: checks of every service.",
        ["Sessions"] = "Where the caller is signed in.",
        ["Single sign-on"] = "Sign-in through a tenant's identity provider, and its configuration.",
        ["Tenants"] = "Tenants, each with a database of its own.",
        ["Users"] = "The caller's own account.",
    };

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "SaaS Platform API",
                Version = "v1",
                License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
                Description =
                    """
                    Accounts, tenants with a database each, documents.

                    Every success is `{"success": true, "message", "data"}`; sign-in answers keep their fields at the top level.
                    Every refusal is `application/problem+json` with `error.code` for programs and `message` for people.
                    Answers say in `RateLimit` and `RateLimit-Policy` how many more requests are answered; beyond that they are 429 with `Retry-After`.
                    Times are UTC and end in `Z`. Lists take `page` and `per_page`.
                    """,
            };
            document.Servers = [new OpenApiServer { Url = "/", Description = "Where this document was found" }]; // whatever address that is
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Bearer,
                BearerFormat = "JWT",
                Description = "The `access_token` of POST /api/auth/login",
            };
            return Task.CompletedTask;
        });

        options.AddDocumentTransformer((document, context, _) =>
        {
            RequestSchemas.Describe(document, context);
            InlineBytes(document);
            foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
            {
                tag.Description = Tags[tag.Name!];
            }

            ApiExamples.AddTo(document);
            return Task.CompletedTask;
        });

        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            operation.OperationId ??= NameOf(metadata);
            operation.Description = $"{operation.Summary}\n\n{operation.Description}".Trim();
            operation.Summary = TitleOf(operation.OperationId);
            RequestSchemas.Describe(operation, context.Description);
            operation.Security = metadata.OfType<IAllowAnonymous>().Any() ? [] : [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];

            if (metadata.OfType<RequiredTenantRole>().LastOrDefault() is { } needed)
            {
                NameTenant(operation);
                operation.AddExtension("x-tenant-role", new JsonNodeExtension(needed.Role.Word()));
                operation.Description = $"{operation.Description}\n\nNeeds the role `{needed.Role.Word()}` in the tenant.".Trim();
            }

            if (metadata.OfType<Idempotent>().Any())
            {
                operation.Parameters ??= [];
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = IdempotentRoutes.Header,
                    In = ParameterLocation.Header,
                    Description = "1 to 255 printable ASCII characters of the caller's choice. The same request with the same key again is answered with what the first was, and does nothing.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyRecord.Mapping.KeyMaxLength },
                });
            }

            foreach (var type in metadata.OfType<AlternativeContent>().SelectMany(alternative => alternative.Types))
            {
                operation.Responses!["200"].Content!.Add(type, new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
            }

            foreach (var refusals in metadata.OfType<DeclaredProblem>().GroupBy(refusal => refusal.StatusCode.ToString(CultureInfo.InvariantCulture)))
            {
                operation.Responses![refusals.Key].Description = string.Join(" ", refusals.Select(refusal => refusal.Sentence).Distinct());
            }

            return Task.CompletedTask;
        });

        // What a converter writes, nobody can see from outside: times and words are texts, and a client has types for them.
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            if (type.IsEnum)
            {
                schema.Type = JsonSchemaType.String;
                schema.Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)JsonNamingPolicy.SnakeCaseLower.ConvertName(name))];
            }
            else if (type == typeof(DateTimeOffset))
            {
                var mayBeNull = type != context.JsonTypeInfo.Type && context.ParameterDescription is null;
                schema.Type = mayBeNull ? JsonSchemaType.Null | JsonSchemaType.String : JsonSchemaType.String;
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>What generated clients call an operation: the use case, whose class is named after it. Where one has several routes, all but one are named by <c>WithName</c>.</summary>
    private static string NameOf(IList<object> metadata) => JsonNamingPolicy.CamelCase.ConvertName(metadata.OfType<MethodInfo>().Last().DeclaringType!.Name);

    /// <summary>The operation's name as a title: readLinkedContent becomes Read linked content.</summary>
    private static string TitleOf(string operationId)
    {
        var words = JsonNamingPolicy.SnakeCaseLower.ConvertName(operationId).Replace("sso", "SSO", StringComparison.Ordinal).Replace('_', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>Bytes have no schema of their own: a client has no use for types that are called after ours. Content is of any type.</summary>
    private static void InlineBytes(OpenApiDocument document)
    {
        var bytes = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        foreach (var schema in document.Components!.Schemas!.Values.OfType<OpenApiSchema>())
        {
            foreach (var name in (schema.Properties ?? new Dictionary<string, IOpenApiSchema>()).Where(property => IsBytes(property.Value)).Select(property => property.Key).ToList())
            {
                schema.Properties![name] = new OpenApiSchema { Type = bytes.Type, Format = bytes.Format, Description = schema.Properties[name].Description };
            }
        }

        foreach (var response in document.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(operation => operation.Responses!.Values).OfType<OpenApiResponse>())
        {
            foreach (var (type, media) in (response.Content ?? new Dictionary<string, OpenApiMediaType>()).Where(media => IsBytes(media.Value.Schema)).ToList())
            {
                media.Schema = bytes;
                if (type == MediaTypes.Unknown)
                {
                    response.Content!.Remove(type);
                    response.Content[AnyType] = media;
                }
            }
        }

        document.Components.Schemas.Remove(nameof(IFormFile));
        document.Components.Schemas.Remove(nameof(Stream));
    }

    private static bool IsBytes(IOpenApiSchema? schema) => schema is OpenApiSchemaReference { Reference.Id: nameof(IFormFile) or nameof(Stream) };

    /// <summary>The tenant in the path: the gate reads it, and most use cases do not.</summary>
    private static void NameTenant(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        if (!operation.Parameters.Any(parameter => parameter.Name == TenantRoutes.TenantId))
        {
            operation.Parameters.Insert(0, new OpenApiParameter
            {
                Name = TenantRoutes.TenantId,
                In = ParameterLocation.Path,
                Required = true,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" },
            });
        }
    }
}
