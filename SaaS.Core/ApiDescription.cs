using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SaaS.Core.Access;
using SaaS.Core.Idempotency;
using SaaS.Platform.Http;

namespace SaaS.Core;

/// <summary>What the OpenAPI document says beside the routes: what this API is, and how one signs in to it.</summary>
internal static class ApiDescription
{
    private const string Bearer = "bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "SaaS Platform API",
                Version = "v1",
                Description =
                    """
                    Accounts, tenants with a database each, documents.

                    Every success is `{"success": true, "message", "data"}`; sign-in answers keep their fields at the top level.
                    Every refusal is `application/problem+json` with `error.code` for programs and `message` for people.
                    Answers say in `RateLimit` and `RateLimit-Policy` how many more requests are answered; beyond that they are 429 with `Retry-After`.
                    Times are UTC and end in `Z`. Lists take `page` and `per_page`.
                    """,
            };
            document.Servers = null; // it is where it was found: what it says of addresses would be how this process was asked for it
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

        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            operation.OperationId ??= NameOf(metadata);
            if (!metadata.OfType<IAllowAnonymous>().Any())
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
            }

            if (metadata.OfType<NeedsTenantRole>().LastOrDefault() is { } needed)
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
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = KeptAnswer.Mapping.KeyMaxLength },
                });
            }

            foreach (var type in metadata.OfType<AlternativeContent>().SelectMany(alternative => alternative.Types))
            {
                operation.Responses!["200"].Content!.Add(type, new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
            }

            foreach (var refusals in metadata.OfType<DeclaredRefusal>().GroupBy(refusal => refusal.StatusCode.ToString(CultureInfo.InvariantCulture)))
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
