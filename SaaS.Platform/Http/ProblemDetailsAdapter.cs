using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SaaS.Platform.Http;

/// <summary>Gives problems that the framework writes itself (validation, mostly) the one shape that this API answers with.</summary>
internal sealed class ProblemDetailsAdapter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails is HttpValidationProblemDetails invalid
            ? Problem.OfFields(invalid.Errors.ToDictionary(error => JsonNamingPolicy.SnakeCaseLower.ConvertName(error.Key), error => error.Value))
            : HttpProblems.OfStatus(context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode);

        await problem.ToHttp().ExecuteAsync(context.HttpContext);
    }
}
